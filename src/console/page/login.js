// Enters the key once: the cookie comes with the answer, its proof stays with this page's origin.
const form = document.getElementById("login");
const problem = document.getElementById("problem");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const key = document.getElementById("key");
  problem.textContent = "";
  const response = await fetch("/login", { method: "POST", body: key.value });
  key.value = "";
  const text = await response.text();
  if (response.ok) {
    localStorage.setItem("proof", text);
    location.reload();
    return;
  }
  problem.textContent = response.status === 429
    ? "Too many wrong keys: wait a minute."
    : "That is not the key.";
  key.focus();
});
