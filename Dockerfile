# One image for the pages and the senders; compose.yaml says which is which.
FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data HOST=0.0.0.0 PORT=8000
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
RUN python -m compileall -q . && useradd --system --uid 1000 shop \
    && install -d -o shop -m 700 /data
USER shop
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "customer_manager.web"]
