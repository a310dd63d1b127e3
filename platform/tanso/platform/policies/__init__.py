"""Settlement by policy: a business says once how its completed lots become batches, and the node does it."""
