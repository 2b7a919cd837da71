# Workers whose agents have npm dependencies of their own. In a folder with package.json, package-lock.json and agents/:
#   docker build -t calute . && docker build -f deploy/docker/agents.Dockerfile -t my-agents path/to/that/folder
FROM node:24-bookworm-slim AS dependencies
WORKDIR /agents
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM calute
# Agents import @calute/core from /app/node_modules; what stands nearer to them comes first.
USER root
RUN rm -rf /app/agents
COPY --from=dependencies /agents/node_modules /app/agents/node_modules
COPY package.json agents /app/agents/
USER node
CMD ["node", "apps/worker/src/main.ts"]
