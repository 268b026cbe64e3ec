"""A draft out of a reply or an edited text, its tests apart; may import capabilities, editing and examples."""
