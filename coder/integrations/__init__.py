"""The library for other programs: an MCP server, LangChain tools; may import version, library and memory."""
