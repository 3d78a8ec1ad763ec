"""How long boards remember what they learned."""
