# Footnote for the CPU, without models: `footnote models pull` puts them into the volume /models.
# How to use it: docs/guide/server.md; compose.yaml runs it with what it needs.

FROM python:3.11-slim AS build
# The address of an index with builds of torch for processors, where the usual one has none: see PyTorch's instructions.
ARG TORCH_INDEX=""
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY eval eval
COPY index index
COPY qa qa
COPY ui ui
RUN python -m venv /opt/footnote \
 && /opt/footnote/bin/pip install --no-cache-dir ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} -c constraints.txt ".[postgres]"
# Builds for graphics cards bring gigabytes that nothing here uses.
RUN size="$(du -sm /opt/footnote)" && test "${size%%[!0-9]*}" -lt 2500 \
 || { echo "too large: torch came with CUDA; build with --build-arg TORCH_INDEX=ADDRESS"; exit 1; }

FROM python:3.11-slim
# llama.cpp and torch compute by OpenMP.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libgomp1 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin footnote \
 && install --directory --owner footnote --group footnote --mode 0700 /data /models
COPY --from=build /opt/footnote /opt/footnote
ENV PATH=/opt/footnote/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/data \
    FOOTNOTE_LIBRARY=/data/library \
    FOOTNOTE_CACHE=/models
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/models"]
EXPOSE 7860
# Any answer will do, "a password is needed" too: whoever can't be reached, or fails, is ill.
HEALTHCHECK --interval=30s --timeout=10s --start-period=3m --retries=3 \
  CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('FOOTNOTE_PORT', '7860')), timeout=8); c.request('GET', '/pages/pages.css'); raise SystemExit(c.getresponse().status >= 500)"]
ENTRYPOINT ["footnote"]
CMD ["serve", "--host", "0.0.0.0"]
