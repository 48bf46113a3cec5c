"""Errors as each service of AWS words them in its protocol."""

import json

REQUEST = "00000000-0000-0000-0000-000000000000"
DENIED = "User: arn:aws:sts::123456789012:assumed-role/showtime/run is not authorized to perform: {action} on resource: *"

# service: code of throttling with its status, code of a failure of AWS
_WORDS = {
    "ecs": ("ThrottlingException", 400, "ServerException"),
    "ecr": ("ThrottlingException", 400, "ServerException"),
    "logs": ("ThrottlingException", 400, "ServiceUnavailableException"),
    "secretsmanager": ("ThrottlingException", 400, "InternalServiceError"),
    "ec2": ("RequestLimitExceeded", 503, "InternalError"),
    "elasticloadbalancing": ("Throttling", 400, "InternalFailure"),
    "sts": ("Throttling", 400, "InternalFailure"),
    "route53": ("Throttling", 400, "InternalFailure"),
    "s3": ("SlowDown", 503, "InternalError"),
}
_DENIED_CODES = {"ec2": "UnauthorizedOperation", "s3": "AccessDenied", "route53": "AccessDenied"}
_DENIED_CODES |= {"elasticloadbalancing": "AccessDenied", "sts": "AccessDenied"}
_JSON = ("ecs", "ecr", "logs", "secretsmanager")

Raw = tuple[int, dict[str, str], bytes]


def make_error(service: str, operation: str, error: str) -> Raw:
    """Status, headers and body of `throttling`, `500` or `denied`."""
    throttled, throttled_status, failed = _WORDS.get(service, ("ThrottlingException", 400, "InternalFailure"))
    if error == "throttling":
        return _word(service, throttled_status, throttled, "Rate exceeded")
    if error == "500":
        return _word(service, 500, failed, "We encountered an internal error. Please try again.")
    if error == "denied":
        code = _DENIED_CODES.get(service, "AccessDeniedException")
        status = 400 if service in _JSON else 403
        return _word(service, status, code, DENIED.format(action=f"{service}:{operation}"))
    raise ValueError(f"there is no error {error}")


def _word(service: str, status: int, code: str, message: str) -> Raw:
    if service in _JSON:
        headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": REQUEST}
        return status, headers, json.dumps({"__type": code, "message": message}).encode()
    detail = f"<Code>{code}</Code><Message>{message}</Message>"
    if service == "ec2":
        body = f"<Response><Errors><Error>{detail}</Error></Errors><RequestID>{REQUEST}</RequestID></Response>"
    elif service == "s3":
        body = f"<Error>{detail}<RequestId>{REQUEST}</RequestId></Error>"
    else:
        side = "Sender" if status < 500 else "Receiver"
        body = f"<ErrorResponse><Error><Type>{side}</Type>{detail}</Error><RequestId>{REQUEST}</RequestId></ErrorResponse>"
    return status, {"content-type": "text/xml"}, f'<?xml version="1.0"?>{body}'.encode()
