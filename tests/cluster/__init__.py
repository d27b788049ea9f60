"""final/ as it runs in several processes: each part a process, as final/deploy/ has it."""
