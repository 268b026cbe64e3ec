"""One goal on its way: effects, journal, budget, events; may import model and people."""
