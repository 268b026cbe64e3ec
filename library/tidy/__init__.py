"""The refactoring pass: proposals, checked step by step; may import duplicates, evidence and save."""
