"""The launcher: one machine, one command, everything embedded; and the three small tools of docker-compose.yml."""
