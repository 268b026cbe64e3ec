"""The library for other programs: MCP, LangChain; may import library."""
