/** The package has no types. */
declare module '@20minutes/s3rver' {
  interface S3Options {
    readonly directory: string;
    readonly address: string;
    /** 0: any free one. */
    readonly port: number;
    readonly silent: boolean;
    readonly configureBuckets: readonly { readonly name: string; readonly configs: readonly never[] }[];
  }
  class S3rver {
    constructor(options: S3Options);
    run(): Promise<{ readonly port: number }>;
  }
  export = S3rver;
}
