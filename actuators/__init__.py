"""What a task can do to the world. Pure Python: no Django, nothing of ours is imported here.

Each actuator is a module with ``NAME``; ``EFFECT``, what a second try may do twice: "pure" (nothing), "idempotent"
(the same again) or "external"; ``PARAMS`` (JSON Schema); ``check(params)``, field -> message for everything wrong; and
``run(params, given)``, an Outcome or Refused (actuators.given).
"""
