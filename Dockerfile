# docker build -t fhir-interop-gateway .        (see compose.yaml for gateway + MongoDB)
# The image is named by digest, so that a build tomorrow is the build of today. Renew: docker buildx imagetools inspect python:3.11-slim
ARG PYTHON=python:3.11-slim@sha256:9c900dea9e8fb7e16277c179b555cc72d29a352dbc33cff48ad5a0412fd5bfc7
FROM ${PYTHON} AS build
WORKDIR /src
COPY requirements requirements
# Without mongomotor (GPL-3.0, see NOTICE): the gateway does not need it, its document classes are for applications in Python.
RUN python -m venv /opt/gateway \
 && /opt/gateway/bin/pip install --no-cache-dir --require-hashes --requirement requirements/runtime.txt \
 && python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes --requirement requirements/build.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY gateway gateway
COPY mappings mappings
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/gateway/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM ${PYTHON}
RUN useradd --system --create-home --uid 10001 gateway
WORKDIR /app
COPY --from=build /opt/gateway /opt/gateway
COPY LICENSE NOTICE ./
COPY mappings mappings
ENV PATH=/opt/gateway/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    GATEWAY_HOST=0.0.0.0 GATEWAY_PORT=8080 GATEWAY_MAPPINGS=/app/mappings GATEWAY_DATA_DIR=/data
RUN mkdir /data && chown gateway /data
VOLUME /data
USER gateway
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
ENTRYPOINT ["gateway"]
CMD ["serve"]
