/**
 * What leads to package registries on this machine: sandboxes leave it out, for tests are not to reach a network.
 *
 * @module
 */

const NAMES = /^(?:(?:https?|no|all)_proxy|ssl_cert_(?:file|dir)|node_extra_ca_certs|npm_config_registry)$/i;

/** The variables of this process that a package manager needs: proxies, certificates, the registry. */
export function networkVariables(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => NAMES.test(name)));
}
