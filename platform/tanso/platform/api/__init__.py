"""What all routes share: errors as problem documents, fields with units and bounds, paging, the OpenAPI document."""
