"""The job of django_tasks_app.py: a module of its own, because workers find it by its name."""

from django.tasks import task

from benchmarks.peers import work


@task()
def send(message_id: int) -> None:
    work.send(message_id)
