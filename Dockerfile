# One image for every process of 7M: web, worker, beat, sandbox and setup. See docker-compose.yml.
FROM node:22-bookworm-slim AS pages
WORKDIR /src/static
COPY static/package.json static/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY static/ ./
RUN npm run build

FROM python:3.11-slim-bookworm AS packages
RUN python -m venv /venv
COPY requirements/base.txt requirements/xsd.txt requirements/extras.txt /tmp/
RUN /venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r /tmp/base.txt -r /tmp/extras.txt \
 && /venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --no-deps -r /tmp/xsd.txt

FROM python:3.11-slim-bookworm
RUN useradd --system --create-home --home-dir /home/sevenm --uid 10001 sevenm \
 && install -d -o sevenm -g sevenm -m 700 /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY manage.py LICENSE ./
COPY sevenm/ sevenm/
COPY integrations/ integrations/
COPY templates/ templates/
COPY requirements/base.txt requirements/base.txt
COPY --from=pages /src/static/dist/ static/dist/
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 SEVENM_HOME=/data
RUN python manage.py collectstatic --noinput --verbosity 0 && python -m compileall -q /venv /app
USER sevenm
VOLUME /data
EXPOSE 7070
ENTRYPOINT ["python", "-m", "sevenm"]
CMD ["web"]
