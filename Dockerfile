# One image for both roles: `node apps/api/src/main.ts` (the default) and `node apps/worker/src/main.ts`.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/core/package.json packages/core/
COPY packages/calute/package.json packages/calute/
COPY apps/api/package.json apps/api/
COPY apps/worker/package.json apps/worker/
# optional: the Node of the image takes the place of the one that comes through npm.
RUN npm ci --ignore-scripts --omit=dev --omit=optional --no-audit --no-fund \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

# The Debian that Node's image stands on, with Node's program alone: no npm, no compiler's headers.
FROM debian:bookworm-slim
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node \
  && mkdir -p /app/.calute /data/files && chown node:node /app/.calute /data/files
COPY --from=dependencies /usr/local/bin/node /usr/local/bin/node
# The last: as packages/core/src/process/bound-garbage.ts.
ENV NODE_ENV=production NODE_COMPILE_CACHE=/tmp/node-compile-cache NODE_OPTIONS=--max-semi-space-size=16
WORKDIR /app
COPY --from=dependencies /app ./
# apps and packages stay outside node_modules, where Node does not strip types; npm has linked them.
COPY packages packages
COPY apps apps
COPY agents agents
# For operators: docker compose exec api node scripts/keys/main.ts create --name NAME
COPY scripts scripts
ENV FILES_DIR=/data/files
USER node
EXPOSE 8080
# Both roles answer there, to whoever is in the container; ADMIN_HOST lets others ask.
ENV ADMIN_PORT=9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ADMIN_PORT}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apps/api/src/main.ts"]
