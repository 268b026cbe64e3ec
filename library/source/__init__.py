"""Python source taken apart: functions, scopes, imports, annotations, differences; imports nothing of ours."""
