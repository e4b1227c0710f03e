import { render } from "preact";
import "@fontsource-variable/fraunces/opsz.css";
import "@fontsource-variable/instrument-sans/wght.css";
import "./style/base.css";
import "./style/home.css";
import "./style/player.css";
import "./style/dialogs.css";
import { App } from "./views/app";
import { applyTheme } from "./theme";

applyTheme();
render(<App />, document.getElementById("app")!);
