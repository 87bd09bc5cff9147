// Show the OpenAPI document that the page names. A file of its own, for the page's policy allows no inline script.
SwaggerUIBundle({
  url: document.getElementById("swagger").dataset.document,
  dom_id: "#swagger",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
