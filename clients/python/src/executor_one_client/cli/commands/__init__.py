"""What can be typed, a file for each noun. Heavy imports stand inside of the commands: `exo --help` needs none."""
