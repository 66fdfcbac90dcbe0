"""What a task can do to the world. Pure Python: no Django, nothing of ours is imported here.

Each actuator is a module with ``NAME``; ``EFFECT``, what a second try may do twice: "pure" (nothing), "idempotent"
(the same again) or "external", and where that depends on the params the worst of them, with ``effect_of(params)`` for
the one at hand; ``PARAMS`` (JSON Schema); ``check(params)``, field -> message for everything wrong; and
``run(params, given)``, an Outcome or Refused (actuators.given).
"""
