"""What a task can do to the world. Pure Python: no Django, nothing of ours is imported here.

Each actuator is a module with ``NAME``, ``EFFECT``, ``PARAMS`` (JSON Schema), ``check`` and ``run``.
"""
