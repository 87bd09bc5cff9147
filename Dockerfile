# docker build -t fhir-gateway .        (see compose.yaml for gateway + MongoDB)
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY gateway gateway
RUN python -m venv /opt/gateway \
 && /opt/gateway/bin/pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.11-slim
RUN useradd --system --create-home --uid 10001 gateway
WORKDIR /app
COPY --from=build /opt/gateway /opt/gateway
COPY mappings mappings
ENV PATH=/opt/gateway/bin:$PATH PYTHONUNBUFFERED=1 \
    GATEWAY_HOST=0.0.0.0 GATEWAY_PORT=8080 GATEWAY_MAPPINGS=/app/mappings GATEWAY_DATA_DIR=/data
RUN mkdir /data && chown gateway /data
USER gateway
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
ENTRYPOINT ["gateway"]
CMD ["serve"]
