using Descant.Models;
using Descant.Separation;
using Descant.Web;
using Descant.Web.Jobs;

namespace Descant.Tests.Web;

/// <summary>Which models are loaded.</summary>
public sealed class ModelCatalogTests
{
    [Fact]
    public void A_model_that_is_replaced_on_disk_is_loaded_again()
    {
        using TemporaryFolder folder = new();
        string file = WebServer.WriteModel(folder["models"]);
        using ModelCatalog catalog = new(new ServerOptions { Data = folder["data"], Models = new ModelLibrary([folder["models"]]), Threads = 1 });
        Separator first;
        using (ModelCatalog.Loan loan = catalog.Borrow(ModelLibrary.DefaultName))
        {
            first = loan.Separator;
        }

        using ModelCatalog.Loan again = catalog.Borrow(ModelLibrary.DefaultName);
        Assert.Same(first, again.Separator);

        // Replaced while a job works with it: that job keeps what it has.
        File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddSeconds(1));
        using ModelCatalog.Loan replaced = catalog.Borrow(ModelLibrary.DefaultName);
        Assert.NotSame(first, replaced.Separator);
        using ModelCatalog.Loan shared = catalog.Borrow(ModelLibrary.DefaultName);
        Assert.Same(replaced.Separator, shared.Separator);
    }
}
