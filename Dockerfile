# The website and the command line, for Fargate: no shell is started, nothing is written but /tmp.
FROM python:3.11-slim AS build
COPY requirements/image.txt /build/requirements/
RUN python -m venv /opt/fieldmark \
 && /opt/fieldmark/bin/python -m pip install --no-cache-dir --no-compile --require-hashes --requirement /build/requirements/image.txt
COPY pyproject.toml README.md LICENSE NOTICE /build/
COPY src /build/src
COPY examples/photos /build/examples/photos
RUN /opt/fieldmark/bin/python -m pip install --no-cache-dir --no-build-isolation --no-deps /build \
 && /opt/fieldmark/bin/python -m compileall -q /opt/fieldmark/lib

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin fieldmark \
 && install --directory --owner=fieldmark --mode=0700 /scratch
COPY --from=build /opt/fieldmark /opt/fieldmark
COPY infra/certificates /opt/fieldmark/certificates
ENV PATH=/opt/fieldmark/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 TMPDIR=/scratch HOME=/scratch
USER 10001
VOLUME ["/scratch"]
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["fieldmark"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
