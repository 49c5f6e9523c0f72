package browser

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// usual are the names and places of browsers that speak the DevTools protocol.
var usual = map[string][]string{
	"linux":   {"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"},
	"darwin":  {"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium", "chromium"},
	"windows": {`C:\Program Files\Google\Chrome\Application\chrome.exe`, `C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe`},
}

// Find is the browser on this machine: Chromium, Chrome, or one made of it.
func Find() (path string, ok bool) {
	for _, name := range usual[runtime.GOOS] {
		if found, err := exec.LookPath(name); err == nil {
			return found, true
		}
	}
	return "", false
}

// ownProfiles are where browsers keep what people browse with. Chrome refuses to
// be driven there since version 136, and a recipe has no business there.
var ownProfiles = []string{
	filepath.Join(".config", "google-chrome"), filepath.Join(".config", "chromium"), filepath.Join(".config", "microsoft-edge"),
	filepath.Join("Application Support", "Google", "Chrome"), filepath.Join("Application Support", "Chromium"), filepath.Join("Google", "Chrome", "User Data"),
}

// checkProfile says why a directory is no profile made for this; "" when it is.
func checkProfile(dir string) string {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return "the browser profile is not there: make it with handover recipe sign-in"
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "the browser profile can be read by others, and it holds a signed-in session: chmod 700 it"
	}
	for _, own := range ownProfiles {
		if strings.Contains(filepath.Clean(dir)+string(filepath.Separator), string(filepath.Separator)+own+string(filepath.Separator)) {
			return "the browser profile is one that a person browses with: make one for this alone with handover recipe sign-in"
		}
	}
	return ""
}
