# docker buildx bake: all images, as k8s/overlays/local names them.

variable "TAG" {
  default = "local"
}

# For a registry: REGISTRY=ghcr.io/somebody/
variable "REGISTRY" {
  default = ""
}

group "default" {
  targets = ["service", "console"]
}

target "service" {
  name = item
  matrix = {
    item = ["gateway", "user", "product", "order", "payment", "inventory", "analytics", "notification", "storefront"]
  }
  target = "service"
  args = {
    SERVICE = item
  }
  tags = ["${REGISTRY}livemart-${item}:${TAG}"]
}

target "console" {
  target = "console"
  tags   = ["${REGISTRY}livemart-console:${TAG}"]
}
