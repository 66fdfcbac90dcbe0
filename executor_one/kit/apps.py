from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "executor_one.kit"
    label = "kit"
