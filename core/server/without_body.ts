/**
 * `HEAD` answers.
 *
 * @module
 */

/** The answer as it is, or for `HEAD` the same without its body: length and all other headers stay. */
export function withoutBody(request: Request, response: Response): Response {
  if (request.method !== "HEAD" || response.body === null) return response;
  return new Response(null, { status: response.status, headers: response.headers });
}
