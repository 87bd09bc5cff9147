"""Two hospitals on one machine: ours with the gateway's every stage, and a partner that is a plain FHIR server."""
