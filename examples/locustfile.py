"""The original mix against the forecasting service, for Python Locust.

It makes the same requests as the built-in swarmfile: predict 80 %,
health_check 10 %, metrics_check 10 %, and a wait of 1 to 2 seconds.
"""

import random
from datetime import datetime, timedelta, timezone

from locust import HttpUser, between, task

POINTS = 30
# Column name: its highest value.
FLOAT_COLUMNS = {
    "down": 1000,
    "up": 1000,
    "mcs_down": 28,
    "mcs_down_var": 10,
    "mcs_up": 28,
    "mcs_up_var": 10,
    "rb_down": 100,
    "rb_down_var": 10,
    "rb_up": 100,
    "rb_up_var": 10,
}


def payload():
    """One request body: 30 timestamps a second apart, the last of them now."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    data = {
        "ts": [(now - timedelta(seconds=POINTS - 1 - i)).strftime("%Y-%m-%dT%H:%M:%SZ") for i in range(POINTS)],
        "rnti_count": [random.randint(1, 100) for _ in range(POINTS)],
    }
    for column, highest in FLOAT_COLUMNS.items():
        data[column] = [random.uniform(0, highest) for _ in range(POINTS)]
    return {"index_col": "ts", "inference_length": 1, "data": data}


class Client(HttpUser):
    wait_time = between(1, 2)

    @task(8)
    def predict(self):
        self.client.post("/predict", json=payload(), name="predict")

    @task(1)
    def health_check(self):
        self.client.get("/healthz", name="health_check")

    @task(1)
    def metrics_check(self):
        self.client.get("/metrics", name="metrics_check")
