"""Terminology operations over HTTP: https://hl7.org/fhir/R4/terminology-service.html

    inputs -> asked -> expand, lookup, validate_code, subsumes; translate; statement

`gateway.api.terms.terminology` fetches what is stored; everything is then computed in `gateway.fhir.terminology`.
"""
