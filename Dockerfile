# JupyterLab with lidvae: docker build -t lidvae . && docker run --rm -p 127.0.0.1:8888:8888 lidvae
FROM node:20-bookworm

# Python for Jupyter, a compiler for the native engine. Any version of the image's Debian will do.
# hadolint ignore=DL3008
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends g++ python3 python3-pip python3-venv \
  && rm -rf /var/lib/apt/lists/*

USER node
RUN mkdir /home/node/lidvae
WORKDIR /home/node/lidvae
COPY --chown=node:node . .
RUN npm ci && npx lidvae setup

EXPOSE 8888
CMD ["node", "bin/lidvae.js", "lab", "--no-browser", "--ServerApp.ip=0.0.0.0", "--ServerApp.port=8888"]
