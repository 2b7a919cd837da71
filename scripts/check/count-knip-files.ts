/** A reporter for knip that says how many files it has looked at: without any it finds nothing and is content. */
function reportFileCount({ counters }: { readonly counters: { readonly processed: number } }): void {
  console.log(`knip looked at ${counters.processed} files`);
}

// biome-ignore lint/style/noDefaultExport: knip takes the default export of a reporter
export default reportFileCount;
