# Slidestream with its tensor engine. CPU by default; for CUDA 12:
#   docker build --build-arg ENGINE=gpu -t slidestream:gpu .   and   docker run --gpus all slidestream:gpu doctor
ARG NODE=22
FROM node:${NODE}-bookworm AS setup
ARG ENGINE=cpu
RUN apt-get update && apt-get install --yes --no-install-recommends python3 python3-pip build-essential && rm -rf /var/lib/apt/lists/*
WORKDIR /slidestream
COPY . .
ENV SLIDESTREAM_ENGINE=${ENGINE} XDG_CACHE_HOME=/tmp/cache
# The libraries are linked from the cache; without it they are still there.
RUN node tools/setup.mjs && rm -rf /tmp/cache

FROM node:${NODE}-bookworm-slim
COPY --from=setup /slidestream /slidestream
ENV PATH=/slidestream/node_modules/.bin:$PATH MALLOC_ARENA_MAX=2 TF_CPP_MIN_LOG_LEVEL=2
WORKDIR /data
ENTRYPOINT ["slidestream"]
CMD ["--help"]
