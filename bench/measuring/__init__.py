"""What ./dev bench measures, and how it says so."""
