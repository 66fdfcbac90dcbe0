"""The parts of the docker actuator: what is asked of an engine, and how nothing outlives its time."""
