// Search, filters and folding. The page is whole without it.
(() => {
  const by = (id) => document.getElementById(id);
  const tools = by('tools');
  const all = () => document.querySelectorAll('main details');
  const unfoldTarget = () => {
    const target = location.hash.length > 1 && by(location.hash.slice(1));
    const account = target && target.closest('details');
    if (account && !account.open) {
      account.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener('hashchange', unfoldTarget);
  unfoldTarget();

  // Paper cannot be unfolded.
  let folded = [];
  addEventListener('beforeprint', () => {
    folded = [...all()].filter((it) => !it.open);
    for (const it of folded) it.open = true;
  });
  addEventListener('afterprint', () => {
    for (const it of folded) it.open = false;
  });

  if (!tools) return;
  tools.hidden = false;
  const accounts = [...document.querySelectorAll('details.account')];
  const names = accounts.map((it) => it.firstElementChild.textContent.toLowerCase());
  const boxes = [...tools.querySelectorAll('[type=checkbox]')];
  const show = () => {
    const words = by('find').value.toLowerCase().split(/\s+/).filter(Boolean);
    const hidden = boxes.filter((it) => !it.checked).map((it) => it.value);
    let shown = 0;
    accounts.forEach((it, at) => {
      const fits = words.every((word) => names[at].includes(word));
      it.hidden = !fits || hidden.some((name) => it.classList.contains(name));
      if (!it.hidden) shown += 1;
    });
    const asked = words.length > 0 || hidden.length > 0;
    by('found').textContent = asked ? `${shown} of ${accounts.length} accounts shown` : '';
  };
  by('find').addEventListener('input', show);
  for (const box of boxes) box.addEventListener('change', show);
  const fold = (open) => {
    for (const it of accounts) if (!it.hidden) it.open = open;
  };
  by('unfold').addEventListener('click', () => fold(true));
  by('fold').addEventListener('click', () => fold(false));
})();
