"""Answers as they look: for the API's description. A test holds them against the declared shapes."""

_ID = "01a20a50-c6be-800e-a1cc-33b02b2a586b"
_BASE = "https://contoso-deskhand.azurewebsites.net/api"
RUN = {
    "runId": _ID,
    "flowId": "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318",
    "status": "Running",
    "statusReason": None,
    "sessionId": "55be068d-aa68-4e56-8efe-7994c90f5d2b",
    "connectionReference": "contoso_FinanceDesk",
    "runMode": "unattended",
    "runPriority": "normal",
    "timeoutSeconds": 10800,
    "clientReference": "order 4711",
    "createdAt": "2026-11-23T21:29:55.646000Z",
    "startedAt": "2026-11-23T21:29:56Z",
    "completedAt": None,
    "requestedBy": None,
    "dataverse": {"statusCode": 2, "label": "Running"},
    "error": None,
    "history": [
        {"at": "2026-11-23T21:29:55.646000Z", "status": "NotStarted", "source": "trigger"},
        {"at": "2026-11-23T21:29:58.444000Z", "status": "Running", "source": "poller"},
    ],
    "links": {
        "self": f"{_BASE}/runs/{_ID}",
        "result": f"{_BASE}/results/{_ID}?sig=v1-{'0123456789abcdef' * 4}",
        "outputs": f"{_BASE}/runs/{_ID}/outputs",
        "cancel": f"{_BASE}/runs/{_ID}/cancel",
        "portal": None,
    },
}
ENDED = RUN | {
    "status": "Succeeded",
    "completedAt": "2026-11-23T21:30:41Z",
    "dataverse": {"statusCode": 4, "label": "Succeeded"},
}
ERROR = {
    "error": {
        "code": "InvalidRequest",
        "message": "The body has members that cannot be used; each is named in the details.",
        "target": "runMode",
        "details": [{"code": "Required", "target": "runMode", "message": "runMode is required."}],
    }
}
OUTPUTS = {"Supplier": "Northwind Traders", "Total": 1280.5, "Approved": True}
FLOW = {
    "flowId": RUN["flowId"],
    "name": "Read invoice",
    "state": "published",
    "modifiedAt": "2026-11-02T08:15:00Z",
}
