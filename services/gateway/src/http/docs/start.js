// Shows the contract of the gateway that served this page.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#contract",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  tryItOutEnabled: true,
  // The default asks a server on the internet.
  validatorUrl: null,
});
