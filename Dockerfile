# One image for every program of ours; docker-compose.yml says which one a container runs.
FROM python:3.11-slim-bookworm

# Pango draws the papers; without libharfbuzz-subset0 a paper takes seconds instead of a fifth of one.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/*

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 LC_ALL=C.UTF-8

WORKDIR /srv/creditrepair
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock

COPY . .
RUN useradd --system --uid 10001 --home-dir /srv/state --create-home creditrepair
USER creditrepair
EXPOSE 8620
