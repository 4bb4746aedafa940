"""What a visitor of the shop does, for Python Locust, which can log in first."""

import random

from locust import HttpUser, between, task


class Visitor(HttpUser):
    wait_time = between(0.5, 1.5)

    def on_start(self):
        answer = self.client.post("/login", json={"user": "demo", "password": "secret"}, name="login")
        self.bearer = {"Authorization": f"Bearer {answer.json()['token']}"}

    @task(4)
    def list(self):
        self.client.get("/products", name="list")

    @task(5)
    def product(self):
        self.client.get(f"/products/{random.randint(1, 48)}", name="product")

    @task(2)
    def search(self):
        self.client.get("/search?q=lamp", name="search")

    @task(1)
    def order(self):
        wanted = {"product": random.randint(1, 48), "quantity": 1}
        with self.client.post("/orders", json=wanted, headers=self.bearer, name="order", catch_response=True) as answer:
            if answer.status_code != 201:
                answer.failure(f"status {answer.status_code}, want 201")
