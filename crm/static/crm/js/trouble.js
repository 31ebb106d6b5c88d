// A fragment that could not be fetched says so above the page, and nothing that is shown goes away:
// no answer, a refusal, or a sign-in page in the fragment's place (the session has ended).
const banner = document.querySelector("[data-trouble]");

function tell(trouble) {
  if (!banner) return;
  banner.hidden = !trouble;
  for (const words of banner.querySelectorAll("[data-trouble-is]")) {
    words.hidden = words.dataset.troubleIs !== trouble;
  }
}

document.addEventListener("htmx:sendError", () => tell("away"));
document.addEventListener("htmx:timeout", () => tell("away"));
document.addEventListener("htmx:responseError", () => tell("failed"));
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  const isSignIn = banner && new URL(xhr.responseURL).pathname === banner.dataset.trouble;
  if (isSignIn) event.detail.shouldSwap = false;
  if (isSignIn || xhr.status < 400) tell(isSignIn ? "signed-out" : "");
});
