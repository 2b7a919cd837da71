import S3rver from '@20minutes/s3rver';

/** A server that speaks S3, on a free port of this machine, with one bucket in the folder that is given. */
const [directory = ''] = process.argv.slice(2);
const server = new S3rver({
  directory,
  address: '127.0.0.1',
  port: 0,
  silent: true,
  configureBuckets: [{ name: 'files', configs: [] }],
});
const { port } = await server.run();
process.on('disconnect', () => process.exit(0));
process.send?.({ port });
