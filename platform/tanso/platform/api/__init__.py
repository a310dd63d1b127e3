"""What all routes share.

Errors as problem documents, fields with units and bounds, paging, the OpenAPI document.
"""
