"""Read and write the parts of HTTP that FHIR uses: formats, bodies, ETags, addresses, tokens, cookies."""
