"""One statement on somebody's database: a module for each engine, and what they share."""
